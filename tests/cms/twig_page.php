<?php
// Renders a template of Drupal's, with what Drupal gives it, by the same Twig: TEMPLATE URL.
require '/usr/share/php/Twig/autoload.php';
$twig = new \Twig\Environment( new \Twig\Loader\FilesystemLoader( dirname( $argv[1] ) ), array( 'strict_variables' => true ) );
$twig->addFunction( new \Twig\TwigFunction( 'attach_library', function ( $name ) { return ''; } ) );
$twig->addFunction( new \Twig\TwigFunction( 'url', function ( $route, $parameters ) use ( $argv ) { return $argv[2]; } ) );
echo $twig->render(
	basename( $argv[1] ),
	array( 'attributes' => '', 'label' => 'Ferry crews walk out', 'content' => new \Twig\Markup( '<p>At six.</p>', 'UTF-8' ), 'node' => array( 'id' => 7 ) )
);
